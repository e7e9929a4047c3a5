// Single keys that do something, and the list of them. An element with data-shortcut="s" is
// pressed by that key, a field with one gets the focus; "g o" is one key after the other.
// They can be turned off in the list: who speaks to a computer would press them by accident.
const KEPT = "harborguard-shortcuts";
const TOGETHER_MS = 1500;
const list = document.getElementById("shortcuts");
let before = { key: "", at: -TOGETHER_MS };

const areOn = () => {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
};
const keep = (on) => {
  try {
    if (on) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, "off");
  } catch {
    // A browser that keeps nothing has them on.
  }
};
const isTyping = (target) =>
  target.isContentEditable || target.matches("input, select, textarea, [role=textbox]");
const isFree = (event) =>
  areOn() &&
  !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) &&
  !document.querySelector("dialog[open]") &&
  !isTyping(event.target);

// Of each row the first link: Enter opens it without a script's help.
const rowOf = (element) => element.closest("main tbody tr, main [data-row]");
const firstLinks = () => {
  const links = [...document.querySelectorAll("main a[href]")].filter(
    (link) => rowOf(link) && link.checkVisibility(),
  );
  return links.filter((link, index) => index === 0 || rowOf(link) !== rowOf(links[index - 1]));
};
const step = (by) => {
  const links = firstLinks();
  const inside = rowOf(document.activeElement);
  const here = links.findIndex((link) => rowOf(link) === inside);
  const next = here < 0 && by < 0 ? links.length - 1 : here + by;
  links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
};
// Of two elements with one key that of the content wins over that of the header.
const isUsable = (element) =>
  element.checkVisibility() && !element.matches(":disabled, [aria-disabled=true]");
const withKeys = (keys) => {
  const found = [...document.querySelectorAll(`[data-shortcut="${CSS.escape(keys)}"]`)];
  const usable = found.filter(isUsable);
  return usable.find((element) => element.closest("main")) ?? usable[0];
};
const press = (element) => {
  element.focus();
  if (!isTyping(element)) element.click();
  else element.select?.();
};
// What a key does, or nothing; of two keys the second knows the first.
const actionOf = (key, first) => {
  const element = (first && withKeys(`${first} ${key}`)) || withKeys(key);
  if (element) return () => press(element);
  if (key === "?") return () => list.showModal();
  if (key === "j" || key === "k") return () => step(key === "j" ? 1 : -1);
  return undefined;
};

if (list) {
  const on = document.getElementById("shortcuts-on");
  on.checked = areOn();
  on.addEventListener("change", () => keep(on.checked));
  for (const button of document.querySelectorAll("[data-opens=shortcuts]")) {
    button.hidden = false;
    button.addEventListener("click", () => list.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (!isFree(event)) return;
    const first = event.timeStamp - before.at < TOGETHER_MS ? before.key : "";
    const action = actionOf(event.key, first);
    before = { key: event.key, at: event.timeStamp };
    if (!action) return;
    event.preventDefault();
    action();
  });
}
