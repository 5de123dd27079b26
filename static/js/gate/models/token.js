/* The text inside a ticket's QR code, read and verified on the phone. The same rules as
   tourism/tickets/tokens.py; both are held to tests/gate/token_vectors.json. No DOM here. */

const MAGIC = "OG1";
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS = 141;
const VERSION_1_PARTY_TICKET = 0x11;
const PREFIX = new TextEncoder().encode("orchard-ticket-v1\0");
const BODY_BYTES = 22;
const BITS = 5;

/** Why a text is not a good ticket: `code` is not_ticket, unknown_key or bad_signature. */
export class TokenError extends Error {
  constructor(code) {
    super(code);
    this.name = "TokenError";
    this.code = code;
  }
}

/** Keys to verify with, from {number: public key in hex} as the server sends them. */
export async function importKeys(publicKeys) {
  const entries = Object.entries(publicKeys).map(async ([number, hex]) => [Number(number), await importKey(hex)]);
  return new Map(await Promise.all(entries));
}

/** Whether this browser can verify at all; old ones cannot, and must be told apart from bad tickets. */
export async function canVerify() {
  try {
    await importKey("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"); // RFC 8032, test 1
    return true;
  } catch {
    return false;
  }
}

/** What the text says, once its signature is known to be good. Throws TokenError otherwise. */
export async function readToken(keys, text) {
  const data = decoded(text);
  const body = data.subarray(0, BODY_BYTES);
  const key = keys.get(body[1]);
  if (!key) throw new TokenError("unknown_key");
  const good = await crypto.subtle.verify("Ed25519", key, data.subarray(BODY_BYTES), joined(PREFIX, body));
  if (!good) throw new TokenError("bad_signature");
  return unpacked(body);
}

function decoded(text) {
  if (text.length !== CHARACTERS || !text.startsWith(MAGIC)) throw new TokenError("not_ticket");
  const data = fromBase32(text.slice(MAGIC.length));
  if (data[0] !== VERSION_1_PARTY_TICKET) throw new TokenError("not_ticket");
  return data;
}

function unpacked(body) {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return {
    kind: view.getUint8(0) & 15,
    keyId: view.getUint8(1),
    ticketId: toBase32(body.subarray(2, 12)),
    slotId: (view.getUint8(12) << 16) | view.getUint16(13),
    startsAt: new Date(view.getUint32(15) * 60_000),
    lengthMinutes: view.getUint16(19),
    partySize: view.getUint8(21),
  };
}

function fromBase32(text) {
  const bytes = new Uint8Array(Math.floor((text.length * BITS) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new TokenError("not_ticket");
    held = (held << BITS) | value;
    bits += BITS;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  // What is left over pads the last letter: only zero is canonical.
  if (held !== 0) throw new TokenError("not_ticket");
  return bytes;
}

/** Only for whole groups of five bytes, as a ticket's id is. */
function toBase32(bytes) {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= BITS) {
      bits -= BITS;
      text += ALPHABET[held >> bits];
      held &= (1 << bits) - 1;
    }
  }
  return text;
}

function importKey(hex) {
  const bytes = Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
}

function joined(first, second) {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
