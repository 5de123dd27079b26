// Holds bodies to OCTO's published types (npm @octocloud/types): reads [[schema, body, many], …] from
// standard input and says what is wrong, by the number of the body. A member that the types do not
// know is wrong too: they would pass over it.
import { isDeepStrictEqual } from "node:util";
import * as octo from "@octocloud/types";

const problems = [];
const bodies = JSON.parse(await new Response(process.stdin).text());
for (const [number, [name, body, many]] of bodies.entries()) {
  const schema = many ? octo[name].array() : octo[name];
  const { success, data, error } = schema.safeParse(body);
  if (!success) {
    for (const { path, message } of error.issues) problems.push([number, name, path.join("."), message]);
  } else if (!isDeepStrictEqual(data, body)) {
    problems.push([number, name, unknown(body, data, "").join(" "), "unknown to the types"]);
  }
}
console.log(JSON.stringify(problems));

function unknown(body, data, path) {
  if (body === null || typeof body !== "object") return [];
  return Object.keys(body).flatMap((key) =>
    key in data ? unknown(body[key], data[key], `${path}/${key}`) : [`${path}/${key}`],
  );
}
