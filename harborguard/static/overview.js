// Reads the overview anew while somebody may be looking, and at once when they come back to it.
const EVERY_MILLISECONDS = 30_000;
const overview = document.getElementById("overview");
let readAt = Date.now();

const refresh = () => {
  if (!overview || document.hidden || Date.now() - readAt < EVERY_MILLISECONDS) return;
  readAt = Date.now();
  htmx.trigger(overview, "refresh");
};

setInterval(refresh, 5000);
document.addEventListener("visibilitychange", refresh);
