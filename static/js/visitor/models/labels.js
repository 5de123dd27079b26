// Which labels fit on the map without covering one another.

// boxes: {left, top, right, bottom} in order of importance. Gives a boolean for each.
export function fitting(boxes) {
  const placed = [];
  return boxes.map((box) => {
    if (placed.some((other) => overlap(box, other))) return false;
    placed.push(box);
    return true;
  });
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
