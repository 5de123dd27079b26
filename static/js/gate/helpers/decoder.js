/* Pixels to the text of a QR code. The only file that knows the decoder (zxing-wasm, loaded by the
   page as the global ZXingWASM); another one could take its place here. */

const OPTIONS = { formats: ["QRCode"], maxNumberOfSymbols: 1 };

/** Start the decoder from our own server; its default is somebody else's. */
export async function prepareDecoder(wasm) {
  await globalThis.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  await decode(new ImageData(64, 64)); // the first picture takes longest: let it be an empty one
}

/** The text of the code in the picture, or null. */
export async function decode(imageData) {
  const [found] = await globalThis.ZXingWASM.readBarcodes(imageData, OPTIONS);
  return found?.isValid ? found.text : null;
}
