// A button with data-piecemeal sends its form without leaving the page, and shows what comes, piece
// by piece: each line is HTML whose elements replace the content of those with their ids. The
// attribute says where it is told what went wrong on the way.
const place = (id) => document.getElementById(id);

const tell = (id, text) => {
  const said = document.createElement("strong");
  said.textContent = text;
  place(id).replaceChildren(said);
  return said;
};

const mark = (wrong, text) => {
  wrong.replaceChildren(text);
  const field = place(wrong.id.slice(0, -"_error".length));
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
  if (text) wrong.closest("details")?.setAttribute("open", "");
};

const put = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const piece of template.content.children) {
    const there = place(piece.id);
    if (!there) continue;
    if (piece.id.endsWith("_error")) mark(there, piece.textContent);
    else there.replaceChildren(...piece.childNodes);
  }
};

const show = async (answer) => {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) put(JSON.parse(line));
  }
};

const refusal = (answer) => {
  if (answer.redirected) return "You are signed out. Sign in on another page, then try again here.";
  if (answer.status === 403) return "You may not do this, or not any more. Load the page again.";
  if (answer.status === 404) return "This has been deleted.";
  if (answer.status === 429)
    return `This has been asked for too often. Try again in ${answer.headers.get("Retry-After")} seconds.`;
  return `HarborGuard answered with an error (${answer.status}).`;
};

const send = async (form, button) => {
  const told = button.dataset.piecemeal;
  const body = new URLSearchParams(new FormData(form, button));
  for (const wrong of form.querySelectorAll("[id$=_error]")) mark(wrong, "");
  place("form-errors")?.replaceChildren();
  // Until the first piece comes; what was there is of what was typed before.
  const waiting = tell(told, "Asking the registry …");
  try {
    const address = button.hasAttribute("formaction") ? button.formAction : form.action;
    const answer = await fetch(address, {
      method: "POST",
      body,
      headers: { "X-Piecemeal": "yes" },
    });
    const isOurs = answer.headers.get("Content-Type") === "application/x-ndjson";
    if (isOurs) await show(answer);
    else tell(told, refusal(answer));
  } catch {
    tell(told, "HarborGuard does not answer, or its answer broke off. Is it running?");
  }
  waiting.remove();
  form.querySelector("[aria-invalid=true]")?.focus();
  // A button that was in what has been replaced took the focus with it.
  if (!button.isConnected && document.activeElement === document.body)
    document.querySelector(`[data-piecemeal="${told}"]`)?.focus();
};

// Not disabled, which would take the focus from the button.
document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (!button?.dataset.piecemeal) return;
  event.preventDefault();
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  await send(event.target, button);
  button.ariaDisabled = null;
});
