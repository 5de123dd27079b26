/* A button that opens the print dialogue. Without script it stays hidden: the browser's own menu prints too. */
for (const button of document.querySelectorAll('[data-controller="print"]')) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
