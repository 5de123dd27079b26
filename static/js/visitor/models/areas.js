// Room for a name inside an area, as [longitude, latitude] pairs.

const STEPS = 14;
const FLATNESS = 0.3; // a name is wide and low: room to its sides counts for less

// Points inside a ring, those farthest from the obstacles first.
export function roomiest(ring, obstacles) {
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  const steps = (values, step) => Math.min(...values) + ((Math.max(...values) - Math.min(...values)) * step) / STEPS;
  const points = [];
  for (let i = 1; i < STEPS; i += 1) {
    for (let j = 1; j < STEPS; j += 1) points.push([steps(xs, i), steps(ys, j)]);
  }
  return points
    .filter((point) => contains(ring, point))
    .map((point) => ({ point, room: room(point, [...obstacles, ...ring]) }))
    .sort((a, b) => b.room - a.room)
    .map(({ point }) => point);
}

export function contains(ring, [x, y]) {
  return ring.slice(1).reduce((inside, [bx, by], index) => {
    const [ax, ay] = ring[index];
    const crosses = ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;
    return crosses ? !inside : inside;
  }, false);
}

function room([x, y], obstacles) {
  return Math.min(...obstacles.map(([ox, oy]) => Math.hypot((ox - x) * FLATNESS, oy - y)));
}
