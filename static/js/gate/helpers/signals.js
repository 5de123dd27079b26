/* What a steward hears and feels without looking: a tone for each verdict, and a vibration. */

const TONES = {
  admit: [[880, 0.12]],
  check: [[520, 0.12], [520, 0.12]],
  leave: [[660, 0.1], [440, 0.16]],
  undone: [[440, 0.1]],
  refuse: [[220, 0.22], [180, 0.3]],
  unknown: [[330, 0.3]],
};
const VIBRATIONS = { admit: [60], check: [80, 60, 80], refuse: [300], leave: [40, 40, 40], undone: [40], unknown: [120, 80, 120] };
const GAP_S = 0.05;
const VOLUME = 0.25;
let audio = null;

/** Must be called from a tap: browsers allow no sound before. */
export function unlock() {
  audio ??= globalThis.AudioContext ? new AudioContext() : null;
  audio?.resume();
}

export function signal(verdict) {
  navigator.vibrate?.(VIBRATIONS[verdict]);
  if (audio?.state !== "running") return;
  let at = audio.currentTime;
  for (const [pitch, length] of TONES[verdict]) {
    tone(pitch, at, length);
    at += length + GAP_S;
  }
}

function tone(pitch, at, length) {
  const source = new OscillatorNode(audio, { frequency: pitch, type: "triangle" });
  const volume = new GainNode(audio, { gain: VOLUME });
  volume.gain.setTargetAtTime(0, at + length * 0.7, 0.02); // no click at the end
  source.connect(volume).connect(audio.destination);
  source.start(at);
  source.stop(at + length);
}
