-- The changes that led to the current state of the images, in order.
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
        'sha256:' || encode(sha256(convert_to(digest || 'first', 'UTF8')), 'hex') AS first,
        first_seen_at + interval '1 day' AS next_day,
        first_seen_at + extract(day FROM changed_at - first_seen_at)::int / 2 * interval '1 day'
            AS half_way,
        changed_at > first_seen_at + interval '1 day' AND id %% 16 = 0 AS restored
) AS history
CROSS JOIN LATERAL (
    VALUES
        (1, true, first_seen_at, 'added', '',
            CASE WHEN changed_at > first_seen_at AND NOT restored THEN first ELSE digest END, ''),
        (2, changed_at > first_seen_at AND NOT restored, half_way, 'moved', first, before, ''),
        (3, changed_at > first_seen_at AND NOT restored, changed_at, 'moved', before, digest, ''),
        (4, restored, next_day, 'removed', digest, '', 'gone'),
        (5, restored, changed_at, 'restored', digest, digest, ''),
        (6, removed_at IS NOT NULL, removed_at, 'removed', digest, '', removed_reason)
) AS event (step, happened, at, kind, old_digest, new_digest, reason)
WHERE happened
ORDER BY at, id, step;
