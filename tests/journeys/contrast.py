"""The contrast of every text on a page, from the colours that the browser computed."""

from playwright.sync_api import Page

# Texts by contrast, the faintest first: [ratio, words]. Backgrounds are laid over each other as the
# browser does, from the page's ground up; what is not seen or only spoken does not count.
_SCRIPT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) =>
    [r, g, b].map((c, i) => c * a + ground[i] * (1 - a));
  const ground = (element) => {
    const base = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
    return over(rgba(getComputedStyle(element).backgroundColor), base);
  };
  const light = (colour) => {
    const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(colour[0]) + 0.7152 * part(colour[1]) + 0.0722 * part(colour[2]);
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement, words = texts.currentNode.data.trim();
    if (!words || !element.checkVisibility()) continue;
    if (element.closest(".visually-hidden, .skip-link")) continue;
    const below = ground(element), ink = over(rgba(getComputedStyle(element).color), below);
    const [dark, bright] = [light(below), light(ink)].sort((a, b) => a - b);
    found.push([(bright + 0.05) / (dark + 0.05), words]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}"""


def texts_by_contrast(page: Page) -> list[tuple[float, str]]:
    return [(round(ratio, 2), words) for ratio, words in page.evaluate(_SCRIPT)]
