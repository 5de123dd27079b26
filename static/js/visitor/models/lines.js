// Points on drawn lines, as [longitude, latitude] pairs.

// The point at that share of the line's length (0 to 1).
export function pointAt(line, share) {
  const steps = line.slice(1).map((end, index) => Math.hypot(end[0] - line[index][0], end[1] - line[index][1]));
  let left = steps.reduce((sum, step) => sum + step, 0) * share;
  for (const [index, step] of steps.entries()) {
    if (left <= step && step > 0) {
      const [from, to] = [line[index], line[index + 1]];
      return [from[0] + ((to[0] - from[0]) * left) / step, from[1] + ((to[1] - from[1]) * left) / step];
    }
    left -= step;
  }
  return line.at(-1);
}
