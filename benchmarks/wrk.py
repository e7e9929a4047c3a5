"""wrk requesting manifests from a registry, as a baseline for the registry itself."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from registries.oci.media_types import ACCEPT_MANIFESTS

# wrk cannot send HEAD, since it waits for a body of the announced length. GET is the same work for
# the registry, and the manifests are small.
_SCRIPT = """
local paths = {}
for line in io.lines("%(paths)s") do paths[#paths + 1] = line end
local next_path = 0
request = function()
  next_path = next_path %% #paths + 1
  return wrk.format("GET", paths[next_path], {["Accept"] = "%(accept)s"})
end
"""


def manifests_per_second(
    url: str, paths: Sequence[str], *, connections: int, seconds: int, folder: Path
) -> float:
    """Request the paths in turn; fail on any other response than a 200."""
    listing, script = folder / "paths.txt", folder / "manifests.lua"
    listing.write_text("\n".join(paths))
    script.write_text(_SCRIPT % {"paths": listing, "accept": ACCEPT_MANIFESTS})
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output:
        raise SystemExit(f"wrk met errors:\n{output}")
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
    if rate is None:
        raise SystemExit(f"wrk gave no rate:\n{output}")
    return float(rate[1])
