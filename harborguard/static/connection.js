// Says so when the server cannot be reached or fails: htmx alone would leave the page silent.
const notice = document.getElementById("connection-notice");
const say = (text) => {
  notice.textContent = text;
  notice.hidden = text === "";
};
document.addEventListener("htmx:sendError", () => say("HarborGuard does not answer. Is it running?"));
document.addEventListener("htmx:responseError", (event) =>
  say(
    event.detail.xhr.status === 404
      ? "This registry has been deleted."
      : `HarborGuard answered with an error (${event.detail.xhr.status}). Load the page again.`,
  ),
);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap) say("");
});
