// Says so when the server cannot be reached or fails: htmx alone would leave the page silent.
// An element with data-gone says what has been deleted when its address is no longer there.
const notice = document.getElementById("connection-notice");
const say = (text) => {
  notice.textContent = text;
  notice.hidden = text === "";
};
const request = (answer) => {
  const id = answer.getResponseHeader("X-Request-ID");
  return id ? ` Its request is ${id}.` : "";
};
const words = ({ xhr: answer, elt: asked }) => {
  if (answer.status === 403) return "You may not do this, or not any more. Load the page again.";
  if (answer.status === 404)
    return asked.closest("[data-gone]")?.dataset.gone ?? "What this shows has been deleted.";
  if (answer.status === 429)
    return `This has been asked for too often. Try again in ${answer.getResponseHeader("Retry-After")} seconds.`;
  return `HarborGuard answered with an error (${answer.status}). Load the page again.${request(answer)}`;
};
document.addEventListener("htmx:sendError", () => say("HarborGuard does not answer. Is it running?"));
document.addEventListener("htmx:timeout", () => say("HarborGuard takes too long to answer."));
document.addEventListener("htmx:responseError", (event) => say(words(event.detail)));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap) say("");
});
