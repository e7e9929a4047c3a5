// Says so when the server cannot be reached or fails: htmx alone would leave the page silent.
const notice = document.getElementById("connection-notice");
const say = (text) => {
  notice.textContent = text;
  notice.hidden = text === "";
};
const words = (answer) => {
  if (answer.status === 404) return "This registry has been deleted.";
  if (answer.status === 429)
    return `This has been asked for too often. Try again in ${answer.getResponseHeader("Retry-After")} seconds.`;
  return `HarborGuard answered with an error (${answer.status}). Load the page again.`;
};
document.addEventListener("htmx:sendError", () => say("HarborGuard does not answer. Is it running?"));
document.addEventListener("htmx:responseError", (event) => say(words(event.detail.xhr)));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.shouldSwap) say("");
});
