-- The first registry has a fifth of all images; in each registry, the first repositories have most.
-- Half of a repository's tags exist from the start, the others are added until today. Rows are in
-- the order in which they were first seen, so neighbors on disk are unrelated.
-- A release has its version and commit hash as tags; the newest is also `latest`.
WITH numbered AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY registry_id ORDER BY id) AS rank,
        extract(day FROM first_seen_at - %(start)s::timestamptz)::int AS day
    FROM inventory_repository
),
totals AS (
    SELECT
        sum(1 / sqrt(rank)) FILTER (WHERE registry_id = 1) AS giant,
        coalesce(sum(1 / sqrt(rank)) FILTER (WHERE registry_id > 1), 4) AS others
    FROM numbered
),
weighted AS (
    SELECT
        numbered.*,
        1 / sqrt(rank) * CASE WHEN registry_id = 1 THEN others / 4 / giant ELSE 1 END AS weight
    FROM numbered CROSS JOIN totals
),
share AS (
    SELECT *, sum(weight) OVER (ORDER BY id) / sum(weight) OVER () AS up_to FROM weighted
),
counted AS (
    SELECT
        *,
        round(coalesce(lag(up_to) OVER (ORDER BY id), 0) * %(images)s)::int AS before,
        round(up_to * %(images)s)::int AS after
    FROM share
),
tagged AS (
    SELECT
        registry_id,
        id AS repository_id,
        removed_at IS NOT NULL AS repository_removed,
        CASE WHEN name LIKE 'mirror/%%' THEN name ELSE registry_id || '/' || name END AS content,
        before + n AS number,
        n,
        CASE WHEN n = 1 THEN (after - before) / 2 ELSE n / 2 END AS release,
        day + (greatest(0, 2.0 * n / (after - before) - 1) * (728 - day))::int AS seen_on
    FROM counted CROSS JOIN generate_series(1, after - before) AS n
),
changed AS (
    SELECT
        *,
        CASE
            WHEN number %% 5 < 2 THEN seen_on + number::bigint * 7919 %% 1000 * (728 - seen_on) / 1000
            ELSE seen_on
        END::int AS changed_on
    FROM tagged
),
removed AS (
    SELECT
        *,
        CASE
            WHEN repository_removed THEN 728
            WHEN number %% 20 = 13
                THEN changed_on + number::bigint * 104729 %% 1000 * (728 - changed_on) / 1000
        END::int AS removed_on
    FROM changed
)
INSERT INTO inventory_image (
    registry_id, repository_id, tag, digest, media_type,
    kind, size, pushed_at, platforms, artifact_type,
    first_seen_at, changed_at, removed_at, removed_reason, held_at
)
SELECT
    registry_id,
    repository_id,
    CASE
        WHEN n = 1 THEN 'latest'
        WHEN n %% 2 = 0 THEN 'v' || release / 400 || '.' || release / 20 %% 20 || '.' || release %% 20
        -- An odd factor modulo a power of two, so that no two releases of a repository collide.
        ELSE 'sha-' || lpad(to_hex(
            (release::bigint * 198491317 + repository_id * 122949829) & 268435455
        ), 7, '0')
    END,
    'sha256:' || encode(sha256(convert_to(content || ':' || release, 'UTF8')), 'hex'),
    (ARRAY[
        'application/vnd.oci.image.index.v1+json',
        'application/vnd.oci.image.manifest.v1+json',
        'application/vnd.docker.distribution.manifest.v2+json'
    ])[1 + (repository_id + release) %% 3],
    'image',
    1000000 + number::bigint * 104729 %% 300000000,
    midnight + make_interval(days => changed_on),
    '["linux/amd64", "linux/arm64"]'::jsonb,
    '',
    midnight + make_interval(days => seen_on),
    midnight + make_interval(days => changed_on),
    midnight + make_interval(days => removed_on),
    CASE
        WHEN removed_on IS NULL THEN ''
        WHEN number %% 100 = 13 THEN 'filtered'
        ELSE 'gone'
    END,
    CASE WHEN removed_on IS NULL AND registry_id %% 50 = 7 AND number %% 3 = 0
        THEN midnight + make_interval(days => 729) END
FROM removed
CROSS JOIN LATERAL (
    SELECT %(start)s::timestamptz + make_interval(secs => registry_id * 7919 %% 86400) AS midnight
) AS syncs
ORDER BY seen_on, registry_id, repository_id, n;
