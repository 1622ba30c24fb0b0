// Puts Clerk's component into its place on the pages for signing in, signing up and the profile.
const place = document.getElementById("clerk");
place.hidden = false;
addEventListener("load", async () => {
  const options = JSON.parse(place.dataset.options);
  const show = (id) => {
    place.hidden = true;
    document.getElementById(id).hidden = false;
  };
  try {
    await window.Clerk.load({
      ui: { ClerkUI: window.__internal_ClerkUICtor },
      signInUrl: options.signInUrl,
      signUpUrl: options.signUpUrl,
      allowedRedirectOrigins: options.origins,
    });
  } catch (problem) {
    console.error(problem);
    show("clerk-failed");
    return;
  }
  const clerk = window.Clerk;
  if (options.kind === "profile") {
    if (!clerk.isSignedIn) {
      location.replace(options.signInUrl);
      return;
    }
    place.replaceChildren();
    clerk.mountUserProfile(place, { routing: "hash" });
    return;
  }
  if (clerk.isSignedIn) {
    // Whoever is sent back here at once is not sent on again: the link below breaks a circle.
    const before = Number(sessionStorage.getItem("clerk-sent-on"));
    sessionStorage.setItem("clerk-sent-on", String(Date.now()));
    if (Date.now() - before > 10000) location.replace(options.back);
    else show("clerk-continue");
    return;
  }
  const settings = {
    routing: "hash",
    forceRedirectUrl: options.back,
    signInForceRedirectUrl: options.back,
    signUpForceRedirectUrl: options.back,
    signInUrl: options.signInUrl,
    signUpUrl: options.signUpUrl,
  };
  place.replaceChildren();
  if (options.kind === "sign-up") clerk.mountSignUp(place, settings);
  else clerk.mountSignIn(place, settings);
});
