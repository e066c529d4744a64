# %% names
extras.REPLICATION_LOGICAL, extras.REPLICATION_PHYSICAL
[c.__name__ for c in extras.LogicalReplicationConnection.__mro__]
[c.__module__ for c in extras.LogicalReplicationConnection.__mro__]
[c.__name__ for c in extras.PhysicalReplicationConnection.__mro__]
[c.__name__ for c in extras.ReplicationCursor.__mro__]
[c.__module__ for c in extras.ReplicationCursor.__mro__]
[c.__name__ for c in extras.StopReplication.__mro__]
extras.ReplicationMessage.__module__, extras.ReplicationMessage.__name__
sorted(n for n in vars(extras.ReplicationCursor) if not n.startswith("_"))
sorted(n for n in vars(extras.ReplicationCursor.__mro__[1]) if not n.startswith("_"))
sorted(n for n in vars(extras.ReplicationMessage) if not n.startswith("_"))
importlib.import_module("inspect").signature(extras.ReplicationCursor.start_replication)
importlib.import_module("inspect").signature(extras.ReplicationCursor.create_replication_slot)
importlib.import_module("inspect").signature(extras.ReplicationCursor.drop_replication_slot)

# %% connections
c = connect(dsn, connection_factory=extras.LogicalReplicationConnection)
c.replication_type, c.async_, c.cursor_factory
c.get_dsn_parameters()["replication"], c.get_dsn_parameters()["dbname"] != "replication"
p = connect(dsn, connection_factory=extras.PhysicalReplicationConnection)
p.replication_type, p.get_dsn_parameters()["replication"], p.get_dsn_parameters()["dbname"]
c.autocommit
c.autocommit = True
c.isolation_level
c.isolation_level = 1
c.set_session(readonly=True)
c.set_isolation_level(0)
c.reset()
c.replication_type = 1
c.commit(), c.rollback()
c.tpc_begin("x")
c.lobject()
[c.cursor().execute("select 1"), c.get_transaction_status()]
p.cursor().execute("select 1")
extras.LogicalReplicationConnection.__mro__[1](dsn, replication_type=5)
extras.LogicalReplicationConnection.__mro__[1](dsn)
extras.LogicalReplicationConnection()
extras.LogicalReplicationConnection(5)

# %% commands
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.execute("IDENTIFY_SYSTEM")
k.description, len(k.fetchall()), k.rowcount, k.statusmessage
k.execute("SHOW wal_level")
k.fetchall()
k.create_replication_slot("compat", output_plugin="test_decoding")
k.query, k.statusmessage, k.rowcount, k.description
k.fetchone()[::3]
k.create_replication_slot("compat", output_plugin="test_decoding")
k.drop_replication_slot("compat")
k.drop_replication_slot("compat")
k.create_replication_slot("compat", slot_type=extras.REPLICATION_PHYSICAL)
k.drop_replication_slot("compat")

# %% commands that cannot be
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.create_replication_slot("compat")
k.create_replication_slot("compat", slot_type=5)
k.create_replication_slot("compat", slot_type="x")
k.create_replication_slot("compat", extras.REPLICATION_PHYSICAL, "x")
k.create_replication_slot("bad name", output_plugin="test_decoding")
k.start_replication()
k.start_replication("compat", timeline=1)
k.start_replication("compat", slot_type=7)
k.start_replication("compat", status_interval=0.5)
k.start_replication("compat", status_interval="x")
k.start_replication("compat")
k.start_replication_expert("")
k.start_replication_expert(None)
q = connect(dsn, connection_factory=extras.PhysicalReplicationConnection).cursor()
q.create_replication_slot("compat", output_plugin="x")
q.create_replication_slot("compat", extras.REPLICATION_LOGICAL, "test_decoding")
q.start_replication(options={"a": "b"})
q.start_replication(timeline=99)

# %% positions that cannot be
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.start_replication("compat", start_lsn="x")
k.start_replication("compat", start_lsn="1/2/3")
k.start_replication("compat", start_lsn=None)
k.start_replication("compat", start_lsn=-1)

# %% options
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.start_replication("compat", start_lsn="1/2", options={"a": 1, 'b"c': "d'e\\", "f": True})
k.start_replication("compat", start_lsn=2**40 + 1)
k.start_replication("compat", start_lsn="FFFFFFFF/FFFFFFFF")

# %% a stream
cur.execute("create table compat_replicated (x int); commit")
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.create_replication_slot("compat", output_plugin="test_decoding")
cur.execute("insert into compat_replicated values (1); commit")
k.start_replication("compat", options={"include-xids": 0, "skip-empty-xacts": 1}, decode=True)
k.statusmessage, k.rowcount, k.description, k.query, k.wal_end
k.feedback_timestamp
seen = []
def consume(message):
    seen.append((message.payload, message.data_size, message.cursor is k))
    if message.payload == "COMMIT":
        raise extras.StopReplication("enough")

k.consume_stream(consume)
seen
k.wal_end > 0, k.io_timestamp >= k.feedback_timestamp
k.read_message()
k.send_feedback()
k.send_feedback(1, 2, 3, True, True)
k.send_feedback(flush_lsn="x")
k.send_feedback(flush_lsn=None)
k.send_feedback(bogus=1)
k.fileno() == k.connection.fileno()
k.fetchone()
k.execute("select 1")
k.close()
k.read_message()
k.send_feedback()
k.io_timestamp
k.connection.close()
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.execute("DROP_REPLICATION_SLOT compat WAIT")
cur.execute("drop table compat_replicated; commit")

# %% asynchronous
c = connect(dsn, connection_factory=extras.LogicalReplicationConnection, async_=1)
extras.wait_select(c)
k = c.cursor()
[k.create_replication_slot("compat", output_plugin="test_decoding"), extras.wait_select(c)]
k.start_replication("compat", options={"skip-empty-xacts": 1})
c.isexecuting()
extras.wait_select(c)
c.isexecuting()
k.read_message()
k.consume_stream(print)
c.poll()
c.close()
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.execute("DROP_REPLICATION_SLOT compat WAIT")

# %% not replicating
k = connect(dsn, connection_factory=extras.LogicalReplicationConnection).cursor()
k.io_timestamp, k.feedback_timestamp, k.wal_end
k.read_message()
k.send_feedback()
k.send_feedback(force=True)
k.consume_stream(print)
k.consume_stream()
k.consume_stream(print, keepalive_interval=0.5)
k.consume_stream(print, keepalive_interval="x")

# %% messages by hand
m = extras.ReplicationMessage(cur, b"x")
m.cursor is cur, m.payload, m.data_size, m.data_start, m.wal_end
m.payload = 1
m.nonsense = 1
extras.ReplicationMessage()
extras.ReplicationMessage(1, b"x")
