import time, pytest
from datetime import timedelta
from django.db import connection
from django.utils import timezone
from registries.models import Registry
from sync.models import SyncRun
from django.test import Client
import ipaddress

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("runs_each", [1, 100, 1000])
def test_bench(settings, runs_each):
    settings.METRICS_NETWORKS=(ipaddress.ip_network("127.0.0.0/8"),)
    now=timezone.now()
    Registry.objects.bulk_create([Registry(name=f"registry {i}", url=f"https://r{i}.example.com", status="CONNECTED", health=100, last_sync_at=now) for i in range(1000)])
    with connection.cursor() as c:
        c.execute("""insert into sync_syncrun (registry_id,trigger,state,phase,confirms_removals,attempt,owner,queued_at,rung_at,started_at,finished_at,repositories_listed,repositories_read,repositories_failed,tags_seen,requests_sent,bytes_read,added,moved,removed,restored,held,error_code,error_message,error_hint,warnings,failed_repositories)
        select r.id,'schedule',(array['succeeded','succeeded','succeeded','partial','failed'])[1+n%%5],'done',false,1,'host.example 1234',now(),now(),now()-interval '1 minute',now(),100,100,0,2000,100,100000,0,0,0,0,0,'','some error message for the run that is of normal length','a hint', '[]','[]'
        from registries_registry r, generate_series(1,%s) n""",[runs_each])
        c.execute("vacuum analyze sync_syncrun"); c.execute("vacuum analyze registries_registry")
    client=Client()
    times=[]
    for _ in range(7):
        b=time.perf_counter(); a=client.get("/metrics"); times.append(time.perf_counter()-b)
    assert a.status_code==200
    from harborguard.metrics.snapshot import Snapshot, _ended
    q=[]
    for _ in range(5):
        b=time.perf_counter(); Snapshot.take(); q.append(time.perf_counter()-b)
    e=[]
    for _ in range(5):
        b=time.perf_counter(); _ended(); e.append(time.perf_counter()-b)
    print(f"runs {runs_each*1000}: scrape {sorted(times)[3]*1000:.0f} ms max {max(times)*1000:.0f}; snapshot {sorted(q)[2]*1000:.0f} ms; ended {sorted(e)[2]*1000:.0f} ms; bytes {len(a.content)} lines {a.content.count(10)}")
    with connection.cursor() as c:
        c.execute("explain (analyze, buffers) select registry_id, state, count(id), sum(finished_at-started_at) from sync_syncrun where not (state in ('queued','running')) group by 1,2")
        print("\n".join(r[0] for r in c.fetchall()))
        c.execute("create index tmp_i on sync_syncrun (registry_id, state, started_at, finished_at)"); c.execute("vacuum analyze sync_syncrun")
    e=[]
    for _ in range(5):
        b=time.perf_counter(); _ended(); e.append(time.perf_counter()-b)
    print(f"with index: ended {sorted(e)[2]*1000:.0f} ms")
    with connection.cursor() as c: c.execute("drop index tmp_i")
