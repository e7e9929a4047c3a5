-- State of the registries, derived from their runs and inventory.
WITH run AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY registry_id ORDER BY id DESC) AS age
    FROM sync_syncrun
),
summary AS (
    SELECT
        registry_id,
        max(started_at) AS last_attempt_at,
        max(finished_at) FILTER (WHERE state <> 'failed') AS last_sync_at,
        floor(100 * avg(CASE state
            WHEN 'succeeded' THEN 1
            WHEN 'partial' THEN repositories_read::numeric / nullif(repositories_listed, 0)
            ELSE 0
        END) FILTER (WHERE age <= 10)) AS health
    FROM run
    GROUP BY registry_id
)
UPDATE registries_registry AS registry
SET
    status = CASE WHEN newest.state = 'failed' THEN 'ERROR' ELSE 'CONNECTED' END,
    health = summary.health,
    last_attempt_at = summary.last_attempt_at,
    last_sync_at = summary.last_sync_at,
    next_sync_at = CASE schedule
        WHEN 'daily' THEN newest.finished_at + interval '1 day'
        WHEN 'weekly' THEN newest.finished_at + interval '7 days'
    END,
    consecutive_failures = CASE WHEN newest.state = 'failed' THEN 1 ELSE 0 END,
    error_code = newest.error_code,
    error_message = newest.error_message,
    error_hint = newest.error_hint,
    repository_count = (
        SELECT count(*) FROM inventory_repository AS repository
        WHERE repository.registry_id = registry.id AND removed_at IS NULL
    ),
    image_count = (
        SELECT count(*) FROM inventory_image AS image
        WHERE image.registry_id = registry.id AND removed_at IS NULL
    )
FROM summary
JOIN run AS newest ON newest.registry_id = summary.registry_id AND newest.age = 1
WHERE summary.registry_id = registry.id;
