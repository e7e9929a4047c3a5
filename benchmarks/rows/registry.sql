-- One registry is connected per day over the first 500 days; each syncs at its own time of day.
INSERT INTO registries_registry (
    id, name, url, provider, insecure, ca_pem, trusted_realms, schedule,
    tag_include, tag_exclude, repository_include, repository_exclude, known_repositories, options,
    created_at, status, consecutive_failures, error_code, error_message, error_hint,
    repository_count, image_count, fence
)
SELECT
    id,
    (ARRAY['payments', 'search', 'billing', 'identity', 'media', 'edge', 'data', 'mobile'])[1 + id %% 8]
        || '-' || (ARRAY['production', 'staging', 'development', 'mirror'])[1 + id / 8 %% 4]
        || '-' || id,
    'https://registry-' || id || '.example.com',
    'distribution', false, '', '[]',
    (ARRAY['daily', 'daily', 'daily', 'weekly', 'manual', 'on_push'])[1 + id %% 6],
    '["*"]', '[]', '["*"]', '[]', '[]', '{}',
    %(start)s::timestamptz + make_interval(days => id * 13 %% 500, secs => id * 7919 %% 86400),
    'CONNECTED', 0, '', '', '', 0, 0, %(runs)s
FROM generate_series(1, %(registries)s) AS id;

SELECT setval(pg_get_serial_sequence('registries_registry', 'id'), %(registries)s);
