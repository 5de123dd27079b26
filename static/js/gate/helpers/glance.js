/* What the decoder is given of the camera's picture. */

const LARGEST = 720;

/** The square in the middle of each frame, where people hold what they show. */
export class Glance {
  #pixels = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  /** `share`: how much of the frame's side, a fine one being taken as LARGEST. */
  constructor(share) {
    this.share = share;
  }

  /** Null before the camera's first frame. */
  of(video) {
    const { videoWidth: width, videoHeight: height } = video;
    const square = Math.min(width, height);
    if (!square) return null;
    const side = Math.round(Math.min(square, LARGEST) * this.share);
    const { canvas } = this.#pixels;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    this.#pixels.drawImage(video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
    return this.#pixels.getImageData(0, 0, side, side);
  }
}
