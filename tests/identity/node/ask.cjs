// Asks @clerk/backend: reads a list of questions from standard input, writes the list of its answers.
const { createRequire } = require("node:module");
const fetched = createRequire(`${process.env.COURSECOVE_CLERK_LIBRARIES}/package.json`);
const { createClerkClient, verifyToken } = fetched("@clerk/backend");
const { verifyWebhook } = fetched("@clerk/backend/webhooks");

const asked = {
  async authenticate({ clerk, url, method, headers, options }) {
    const client = createClerkClient(clerk);
    const state = await client.authenticateRequest(new Request(url, { method, headers }), options);
    const auth = state.toAuth();
    return {
      status: state.status,
      reason: state.reason,
      location: state.headers.get("location"),
      cookies: state.headers.getSetCookie(),
      userId: auth?.userId ?? null,
      sessionId: auth?.sessionId ?? null,
      orgId: auth?.orgId ?? null,
      orgRole: auth?.orgRole ?? null,
      orgSlug: auth?.orgSlug ?? null,
    };
  },
  async token({ token, options }) {
    const claims = await verifyToken(token, options);
    return claims;
  },
  async webhook({ headers, body, secret }) {
    const request = new Request("https://coursecove.example/api/webhooks/clerk", { method: "POST", headers, body });
    return verifyWebhook(request, { signingSecret: secret });
  },
  async call({ clerk, path, args }) {
    let place = createClerkClient(clerk);
    const names = path.split(".");
    for (const name of names.slice(0, -1)) place = place[name];
    const answer = await place[names.at(-1)](...args);
    return JSON.parse(JSON.stringify(answer));
  },
};

async function main() {
  const questions = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  const answers = [];
  for (const question of questions) {
    try {
      answers.push(await asked[question.ask](question));
    } catch (problem) {
      answers.push({ refused: problem.reason ?? problem.message, errors: problem.errors });
    }
  }
  process.stdout.write(JSON.stringify(answers));
}

main();
