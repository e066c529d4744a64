"""What the probes' answers show of what differs from run to run."""

from compat.compat_describe import Describer

from psycopg2 import extensions


def test_the_pid_of_a_server_process_is_hidden_where_it_is_one():
    describer = Describer({})
    describer.mask_pid(1186)  # the OID of interval, too
    assert describer.value([extensions.Notify(1186, "a")]) == (
        "[psycopg2.extensions.Notify Notify(PID, 'a', '')]"
    )
    column = extensions.Column("a", 1186)
    assert describer.value(column).endswith("Column(name='a', type_code=1186)")
    assert describer.value((1186, "in the year 1186")) == "(1186, 'in the year 1186')"
