/* Seals what the phone keeps, with a key that the browser never hands out: whoever copies the
   disk of a lost phone reads nothing. Browsers that cannot keep such a key keep it in clear, and
   the page says so. */

const CIPHER = "AES-GCM";

/** A new key, or null where the browser has none to give. */
export async function newKey() {
  try {
    return await crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, ["encrypt", "decrypt"]);
  } catch {
    return null;
  }
}

export class Vault {
  constructor(key = null) {
    this.key = key;
  }

  get isSealed() {
    return this.key !== null;
  }

  async seal(value) {
    const clear = JSON.stringify(value);
    if (!this.key) return { clear };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: CIPHER, iv }, this.key, new TextEncoder().encode(clear)) };
  }

  /** Undefined for what was never kept, or sealed with a key that is gone. */
  async open(record) {
    if (record?.clear !== undefined) return JSON.parse(record.clear);
    if (!record || !this.key) return undefined;
    try {
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: CIPHER, iv: record.iv }, this.key, record.data)));
    } catch {
      return undefined;
    }
  }
}
