// Buttons that copy what their data-copy says. They need this script, so it shows them; a
// browser keeps its clipboard from pages that came without TLS from another machine.
const arm = (inside) => {
  for (const button of inside.querySelectorAll("[data-copy]")) button.hidden = false;
};
const say = (button, words) => {
  const before = button.textContent;
  button.textContent = words;
  setTimeout(() => (button.textContent = before), 1500);
};

if (navigator.clipboard) {
  arm(document);
  document.addEventListener("htmx:afterSwap", (event) => arm(event.detail.target));
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say(button, "Copied");
    } catch {
      say(button, "Not allowed");
    }
  });
}
