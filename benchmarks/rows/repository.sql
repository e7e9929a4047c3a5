-- The first registry has a 25th of all repositories; the others share the rest in decreasing numbers.
-- Most exist when their registry is connected. One in ten mirrors repositories of the same name in
-- other registries.
WITH others AS (
    SELECT coalesce(sum(1 / sqrt(id)), 1) AS weight FROM registries_registry WHERE id > 1
),
share AS (
    SELECT
        id,
        (created_at - %(start)s::timestamptz) AS connected,
        sum(CASE WHEN id = 1 THEN weight / 24 ELSE 1 / sqrt(id) END) OVER upwards
            / sum(CASE WHEN id = 1 THEN weight / 24 ELSE 1 / sqrt(id) END) OVER () AS up_to
    FROM registries_registry CROSS JOIN others
    WINDOW upwards AS (ORDER BY id)
),
counted AS (
    SELECT
        id AS registry_id,
        connected,
        round(up_to * %(repositories)s)::int
            - round(coalesce(lag(up_to) OVER (ORDER BY id), 0) * %(repositories)s)::int AS repositories
    FROM share
)
INSERT INTO inventory_repository (registry_id, name, first_seen_at, removed_at)
SELECT
    registry_id,
    CASE
        WHEN n %% 10 = 0 THEN 'mirror/' || word || '-' || n / 10
        ELSE 'team-' || (registry_id * 31 + n) %% 200 || '/' || word || '-' || n
    END,
    %(start)s::timestamptz + connected
        + make_interval(days => CASE WHEN n %% 10 < 7 THEN 0 ELSE n * 37 %% 200 END),
    CASE WHEN n %% 50 = 17 THEN %(start)s::timestamptz + make_interval(
        days => 728, secs => registry_id * 7919 %% 86400
    ) END
FROM counted
CROSS JOIN generate_series(1, repositories) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY[
        'api', 'web', 'worker', 'gateway', 'scheduler', 'indexer', 'mailer', 'exporter', 'proxy',
        'cache', 'ingest', 'report', 'ledger', 'session', 'thumbnail', 'catalog', 'alpine',
        'python', 'nginx', 'postgres', 'redis', 'node', 'golang', 'debian'
    ])[1 + (n * 7 + n / 10) %% 24] AS word
) AS named
ORDER BY registry_id, n;
