-- The users of the audit log; none of them can sign in.
INSERT INTO access_user (
    username, password, first_name, last_name, email, is_active, is_superuser, is_staff,
    date_joined, role
)
SELECT
    'person-' || n, '!', '', '', '', true, false, false, %(start)s, (ARRAY[20, 60])[1 + n %% 2]
FROM generate_series(1, 40) AS n;
