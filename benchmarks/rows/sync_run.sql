-- One run per day and registry; all but the latest have been pruned, so ids do not start at 1.
WITH changed AS (
    SELECT
        run_id,
        count(*) FILTER (WHERE kind = 'added') AS added,
        count(*) FILTER (WHERE kind = 'moved') AS moved,
        count(*) FILTER (WHERE kind = 'removed') AS removed,
        count(*) FILTER (WHERE kind = 'restored') AS restored
    FROM inventory_imageevent
    WHERE run_id > (730 - %(runs)s) * %(registries)s
    GROUP BY run_id
),
listed AS (
    SELECT registry_id, count(*) AS repositories FROM inventory_repository
    WHERE removed_at IS NULL GROUP BY registry_id
),
seen AS (
    SELECT registry_id, count(*) AS tags, count(held_at) AS held FROM inventory_image
    WHERE removed_at IS NULL GROUP BY registry_id
)
INSERT INTO sync_syncrun (
    id, registry_id, trigger, state, phase, confirms_removals, fence, attempt, owner,
    queued_at, rung_at, started_at, finished_at,
    repositories_listed, repositories_read, repositories_failed, tags_seen, requests_sent,
    bytes_read, added, moved, removed, restored, held,
    error_code, error_message, error_hint, warnings, failed_repositories
)
SELECT
    run.id, registry.id, 'schedule', state, 'done', false, day, 1, 'worker-' || 1 + run.id %% 4,
    queued_at, queued_at, queued_at + interval '1 second',
    queued_at + make_interval(secs => 2 + tags / 1000.0),
    listed, listed - failed, failed, CASE WHEN ran THEN tags ELSE 0 END,
    CASE WHEN ran THEN tags + listed + 2 ELSE 1 END,
    CASE WHEN ran THEN tags * 700 + listed * 900 ELSE 0 END,
    coalesce(added, 0), coalesce(moved, 0), coalesce(removed, 0), coalesce(restored, 0),
    CASE WHEN ran AND day = 729 THEN held ELSE 0 END,
    CASE WHEN ran THEN '' ELSE 'connection_timed_out' END,
    CASE WHEN ran THEN '' ELSE 'Connection timed out: ' || registry.url || '/v2/' END,
    CASE WHEN ran THEN '' ELSE 'Egress firewall rules; DNS resolution from the worker' END,
    '[]',
    CASE WHEN failed > 0 THEN jsonb_build_array(jsonb_build_object(
        'repository', (SELECT min(name) FROM inventory_repository WHERE registry_id = registry.id),
        'code', 'access_denied',
        'message', 'Access denied'
    )) ELSE '[]' END
FROM registries_registry AS registry
CROSS JOIN generate_series(730 - %(runs)s, 729) AS day
LEFT JOIN listed AS repository ON repository.registry_id = registry.id
LEFT JOIN seen ON seen.registry_id = registry.id
CROSS JOIN LATERAL (
    SELECT
        day * %(registries)s + registry.id AS id,
        %(start)s::timestamptz
            + make_interval(days => day, secs => registry.id * 7919 %% 86400) AS queued_at,
        CASE (registry.id * 31 + day * 17) %% 40
            WHEN 0 THEN 'failed' WHEN 1 THEN 'partial' ELSE 'succeeded'
        END AS state
) AS run
CROSS JOIN LATERAL (
    SELECT
        state <> 'failed' AS ran,
        CASE WHEN state = 'failed' THEN 0 ELSE coalesce(repositories, 0) END AS listed,
        CASE WHEN state = 'partial' AND repositories > 0 THEN 1 ELSE 0 END AS failed
) AS reading
LEFT JOIN changed ON changed.run_id = run.id
ORDER BY run.id;

SELECT setval(pg_get_serial_sequence('sync_syncrun', 'id'), max(id)) FROM sync_syncrun;
