-- A hundred actions of users per day.
INSERT INTO access_auditentry (
    at, action, actor, user_id, key_id, key_name, address, request_id,
    object_type, object_id, object_name, changes
)
SELECT
    %(start)s::timestamptz + n * interval '864 seconds',
    (ARRAY['sync.requested', 'registry.changed', 'user.signed_in', 'registry.tested'])[1 + n %% 4],
    person.username, person.id, NULL, '', '10.0.0.1', md5(n::text),
    'registry', 1 + n %% %(registries)s, 'registry ' || 1 + n %% %(registries)s,
    '{"schedule": {"from": "manual", "to": "daily"}}'::jsonb
FROM generate_series(1, 72900) AS n
JOIN access_user AS person ON person.username = 'person-' || 1 + n %% 40
ORDER BY n;
