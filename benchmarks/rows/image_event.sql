-- What must have happened for the images to be as they are, in the order in which it did.
INSERT INTO inventory_imageevent (
    registry_id, image_id, kind, old_digest, new_digest, reason, at, run_id, actor
)
SELECT
    registry_id, id, event.kind, old_digest, new_digest, reason, at,
    extract(epoch FROM at - %(start)s::timestamptz)::bigint / 86400 * %(registries)s + registry_id,
    CASE WHEN id %% 50 = 0 THEN 'maria (manual)' ELSE 'schedule' END
FROM inventory_image
CROSS JOIN LATERAL (
    SELECT
        'sha256:' || encode(sha256(convert_to(digest, 'UTF8')), 'hex') AS before,
        first_seen_at + interval '1 day' AS next_day,
        changed_at > first_seen_at + interval '1 day' AND id %% 16 = 0 AS restored
) AS history
CROSS JOIN LATERAL (
    VALUES
        (1, true, first_seen_at, 'added', '',
            CASE WHEN changed_at > first_seen_at AND NOT restored THEN before ELSE digest END, ''),
        (2, changed_at > first_seen_at AND NOT restored, changed_at, 'moved', before, digest, ''),
        (3, restored, next_day, 'removed', digest, '', 'gone'),
        (4, restored, changed_at, 'restored', digest, digest, ''),
        (5, removed_at IS NOT NULL, removed_at, 'removed', digest, '', removed_reason)
) AS event (step, happened, at, kind, old_digest, new_digest, reason)
WHERE happened
ORDER BY at, id, step;
