// From the search field down into what it has found, and up again.
const field = document.getElementById("id_q");
const links = () => [...document.querySelectorAll("#results tbody td:first-child a")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const all = links();
  const here = event.target === field ? -1 : all.indexOf(event.target);
  if (here === -1 && event.target !== field) return;
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  if (next < -1 || next >= all.length) return;
  event.preventDefault();
  (next === -1 ? field : all[next]).focus();
});
