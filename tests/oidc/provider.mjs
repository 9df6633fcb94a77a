// A provider for the tests: whoever is named at /next signs in next, in the ways that are named there.
import Provider from "oidc-provider";

const [port, ...backs] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let next = { account: "nobody", amr: ["pwd"], verified: true };

const provider = new Provider(issuer, {
  clients: [{ client_id: "loopline", client_secret: "a secret of the test", redirect_uris: backs.filter((back) => back.endsWith("/back")), post_logout_redirect_uris: backs.filter((back) => back.endsWith("/sign-in")) }],
  claims: { openid: ["sub", "amr"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["only for tests"] },
  async findAccount(_ctx, id) {
    const { verified } = next;
    return { accountId: id, claims: async () => ({ sub: id, email: `${id}@example.com`, email_verified: verified, name: `Name of ${id}`, preferred_username: id }) };
  },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, forward) => {
  if (ctx.path === "/next") {
    next = { account: ctx.query.account, amr: String(ctx.query.amr).split(","), verified: ctx.query.verified !== "no" };
    ctx.body = "ok";
  } else if (ctx.path.startsWith("/interaction/")) {
    const result = next.account === "nobody" ? { error: "access_denied" } : { login: { accountId: next.account, amr: next.amr } };
    await provider.interactionFinished(ctx.req, ctx.res, result);
    ctx.respond = false;
  } else {
    await forward();
  }
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
