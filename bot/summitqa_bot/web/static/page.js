// Copies a citation. Everything else of the page works without a script.
const status = document.querySelector("[data-said]");

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Without TLS browsers leave only this way.
    getSelection().selectAllChildren(source);
    document.execCommand("copy");
  }
  status.textContent = "";
  requestAnimationFrame(() => (status.textContent = status.dataset.said));
}

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(document.getElementById(button.dataset.copies)));
}
