// Without a choice, light or dark as the system says, before the first paint. A choice is in the
// page already; without scripts and without a choice the page is light.
{
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = dark.matches ? "dark" : "light";
  };
  if (!root.dataset.bsTheme) {
    follow();
    dark.addEventListener("change", follow);
  }
}
