"""A statement that ends the connections of writers."""

END_WRITERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where application_name like 'kring writer%' and datname = current_database()
"""
