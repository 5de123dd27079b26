// Which labels fit on the map, and where, without covering one another.

// wanted: [{choices, patient}] in order of importance. `choices` are boxes {left, top, right, bottom},
// the best first; obstacles are boxes of marks: a patient label rather waits than cover one.
// Nothing may stand on the reserved boxes (the map's controls) or reach over the frame.
// Gives the index of the chosen box for each label, -1 for none.
export function arranged(wanted, obstacles, frame, reserved = []) {
  const placed = [...reserved];
  return wanted.map(({ choices, patient }) => {
    const free = (box) => within(box, frame) && !placed.some((other) => overlap(box, other));
    const clear = (box) => free(box) && !obstacles.some((other) => overlap(box, other));
    let chosen = choices.findIndex(clear);
    if (chosen < 0 && !patient) chosen = choices.findIndex(free);
    if (chosen >= 0) placed.push(choices[chosen]);
    return chosen;
  });
}

// The box of a label of that size on one side of a point, as Leaflet will draw it.
export function boxAt({ x, y }, { width, height }, direction, gap) {
  const left = { right: x + gap, left: x - gap - width }[direction] ?? x - width / 2;
  const top = { top: y - gap - height, bottom: y + gap }[direction] ?? y - height / 2;
  return { left, top, right: left + width, bottom: top + height };
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function within(box, frame) {
  return box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
}
