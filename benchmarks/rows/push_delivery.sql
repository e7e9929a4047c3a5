-- Webhook deliveries of the last week; the longest names many images.
INSERT INTO sync_pushdelivery (
    registry_id, received_at, delivery_id, event, verdict, detail, named, run_id
)
SELECT
    registry.id, at, 'delivery-' || registry.id || '-' || n, 'push', verdict,
    CASE verdict WHEN 'ignored' THEN 'About a layer or a configuration, not an image' ELSE '' END,
    jsonb_build_array(jsonb_build_object(
        'repository', 'team-' || n %% 200 || '/api-' || n, 'tag', 'latest', 'action', 'pushed'
    )),
    NULL
FROM registries_registry AS registry
CROSS JOIN generate_series(1, 300) AS n
CROSS JOIN LATERAL (
    SELECT
        %(start)s::timestamptz + interval '722 days' + n * interval '32 minutes' AS at,
        CASE WHEN n %% 10 = 0 THEN 'ignored' ELSE 'accepted' END AS verdict
) AS delivery
WHERE schedule = 'on_push'
ORDER BY at, registry.id;
