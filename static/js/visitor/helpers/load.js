// Load files of this site when they are first needed.

export function loadStyle(address) {
  if (document.querySelector(`link[rel="stylesheet"][href="${CSS.escape(address)}"]`)) return Promise.resolve();
  return added(Object.assign(document.createElement("link"), { rel: "stylesheet", href: address }));
}

// Scripts in their order, each after the one before.
export async function loadScripts(addresses) {
  for (const address of addresses) {
    await added(Object.assign(document.createElement("script"), { src: address }));
  }
}

function added(element) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error(`cannot load ${element.src || element.href}`)));
    document.head.append(element);
  });
}
