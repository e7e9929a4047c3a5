-- A dry run of every tenth registry, and of the largest, with many removals.
INSERT INTO sync_dryrun (
    registry_id, proposed, settings_before, fingerprint, state, phase,
    queued_at, rung_at, started_at, finished_at,
    repositories_listed, repositories_read, repositories_failed, tags_seen, requests_sent,
    bytes_read, added, moved, restored, released, gone, filtered, held,
    repositories_added, repositories_restored, repositories_retired, kept,
    error_code, error_message, error_hint, warnings, failed_repositories
)
SELECT
    id, '{"tag_exclude": ["sha-*"]}',
    jsonb_build_object(
        'tag_include', tag_include, 'tag_exclude', tag_exclude,
        'repository_include', repository_include, 'repository_exclude', repository_exclude,
        'known_repositories', known_repositories,
        'schedule', schedule
    ),
    '', 'succeeded', 'done', at, at, at, at + interval '20 seconds',
    repository_count, repository_count, 0, image_count, image_count, image_count * 700,
    0, 0, 0, 0, 0, least(image_count, 10000), 0, 0, 0, 0, least(image_count, 10000),
    '', '', '', '[]', '[]'
FROM registries_registry
CROSS JOIN LATERAL (
    SELECT %(start)s::timestamptz + interval '729 days' + id * interval '1 minute' AS at
) AS asked
WHERE id = 1 OR id %% 10 = 0
ORDER BY id;

INSERT INTO sync_dryrunchange (
    dry_run_id, kind, repository, tag, old_digest, new_digest, reason
)
SELECT dry_run.id, 'removed', difference.name, difference.tag, difference.digest, '', 'filtered'
FROM sync_dryrun AS dry_run
CROSS JOIN LATERAL (
    SELECT repository.name, image.tag, image.digest
    FROM inventory_image AS image
    JOIN inventory_repository AS repository ON repository.id = image.repository_id
    WHERE image.registry_id = dry_run.registry_id AND image.removed_at IS NULL
    LIMIT 10000
) AS difference
ORDER BY dry_run.id, difference.name, difference.tag;
