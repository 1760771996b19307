// A stand-in for Stripe.js: the calls that the gateway's page makes, against the peer. What a page does wrong throws an
// IntegrationError, as docs.stripe.com/js says; what a card or the API refuses is an `error` in the answer.
(() => {
  const origin = new URL(document.currentScript.src).origin;
  // Served in the place of the real one, it keeps to the hosts that Stripe names for a page's policy.
  const isInPlace = origin === "https://js.stripe.com";
  const base = isInPlace ? "https://api.stripe.com" : origin;

  class IntegrationError extends Error {
    name = "IntegrationError";
  }

  async function call(key, method, path, fields) {
    const form = new URLSearchParams({ ...fields, key });
    const isRead = method === "GET";
    try {
      const response = await fetch(`${base}/v1/${path}${isRead ? `?${form}` : ""}`, {
        method,
        ...(isRead ? {} : { body: form }),
      });
      return await response.json();
    } catch {
      const message = "Unexpected API error. If this problem persists, please let us know at support@stripe.com.";
      return { error: { type: "api_connection_error", message } };
    }
  }

  const idOf = (clientSecret) => clientSecret.split("_secret_")[0];

  /** The field that stands for the Payment Element's frame; `data-testid` is for tests. */
  class Element {
    constructor(elements, type) {
      this.elements = elements;
      this.type = type;
      this.listeners = {};
      this.input = document.createElement("input");
      this.input.setAttribute("aria-label", "Card number");
      this.input.setAttribute("inputmode", "numeric");
      this.input.setAttribute("autocomplete", "cc-number");
      this.input.dataset.testid = "stripe-card-number";
      this.input.addEventListener("input", () => {
        elements.isSubmitted = false;
        this.tell("change", { complete: this.isComplete(), empty: !this.number(), value: { type: "card" } });
      });
    }
    number() {
      return this.input.value.replace(/\D/g, "");
    }
    isComplete() {
      return this.number().length >= 15;
    }
    mount(place) {
      const node = typeof place === "string" ? document.querySelector(place) : place;
      if (!node) throw new IntegrationError(`There is no element ${place} to mount on.`);
      this.load(node);
    }
    async load(node) {
      const { mode, currency } = this.elements.options;
      const session = await call(this.elements.key, "GET", "elements/sessions", {
        type: "deferred_intent",
        "deferred_intent[mode]": mode ?? "",
        "deferred_intent[currency]": currency ?? "",
      });
      if (session.error) {
        this.tell("loaderror", { error: session.error });
        return;
      }
      node.replaceChildren(this.input);
      this.tell("ready", {});
    }
    unmount() {
      this.input.remove();
    }
    destroy() {
      this.unmount();
      this.elements.element = null;
    }
    update() {}
    focus() {
      this.input.focus();
    }
    on(event, listener) {
      (this.listeners[event] ??= []).push(listener);
      return this;
    }
    off(event) {
      delete this.listeners[event];
      return this;
    }
    tell(event, value) {
      for (const listener of this.listeners[event] ?? []) listener({ elementType: this.type, ...value });
    }
  }

  class Elements {
    constructor(key, options = {}) {
      if (options.clientSecret && options.mode)
        throw new IntegrationError("`clientSecret` and `mode` cannot be given together.");
      if (options.mode && options.mode !== "setup" && !Number.isInteger(options.amount))
        throw new IntegrationError(`\`amount\` is needed in the mode "${options.mode}".`);
      this.key = key;
      this.options = options;
      this.element = null;
      this.isSubmitted = false;
    }
    /** A form that was opened without an intent is checked before anything is done with it. */
    demandSubmit(method) {
      if (this.options.mode && !this.isSubmitted)
        throw new IntegrationError(`elements.submit() must be called before stripe.${method}().`);
    }
    create(type) {
      this.element = new Element(this, type);
      return this.element;
    }
    getElement() {
      return this.element;
    }
    update(options) {
      Object.assign(this.options, options);
    }
    async fetchUpdates() {
      return {};
    }
    async submit() {
      this.isSubmitted = this.element?.isComplete() ?? false;
      if (this.isSubmitted) return { selectedPaymentMethod: "card" };
      return {
        error: {
          type: "validation_error",
          code: "incomplete_number",
          message: "Your card number is incomplete.",
        },
      };
    }
  }

  const cardFields = (number, prefix = "") => {
    const at = (name) => (prefix ? `${prefix}[${name}]` : name);
    const card = (name) => (prefix ? `${prefix}[card][${name}]` : `card[${name}]`);
    return {
      [at("type")]: "card",
      [card("number")]: number,
      [card("exp_month")]: "12",
      [card("exp_year")]: "2034",
      [card("cvc")]: "123",
    };
  };

  /** The bank's question in a frame over the page, as Stripe.js asks without a redirect. */
  function ask(address) {
    return new Promise((resolve) => {
      const page = new URL(address);
      const url = new URL(`${page.pathname}${page.search}`, isInPlace ? "https://hooks.stripe.com" : origin);
      url.searchParams.set("stay", "1");
      const frame = document.createElement("iframe");
      frame.title = "3D Secure authentication";
      frame.dataset.testid = "stripe-challenge";
      frame.src = url.href;
      frame.style.cssText = "position:fixed;inset:0;width:100%;height:100%;border:0;background:#fff;z-index:9999";
      const listen = (event) => {
        if (event.source !== frame.contentWindow || event.data !== "3DS-authentication-complete") return;
        removeEventListener("message", listen);
        frame.remove();
        resolve();
      };
      addEventListener("message", listen);
      frame.addEventListener("load", () => frame.focus());
      document.body.append(frame);
    });
  }

  window.Stripe = (publishableKey) => {
    if (!/^pk_/.test(publishableKey ?? ""))
      throw new IntegrationError("Please call Stripe() with your publishable key. You used an empty string or another key.");
    const retrieve = async (kind, clientSecret) => {
      const object = await call(publishableKey, "GET", `${kind}s/${idOf(clientSecret)}`, {
        client_secret: clientSecret,
      });
      return object.error ? { error: object.error } : { [nameOf(kind)]: object };
    };
    const nameOf = (kind) => (kind === "payment_intent" ? "paymentIntent" : "setupIntent");

    const answer = async (kind, clientSecret) => {
      const now = await retrieve(kind, clientSecret);
      const intent = now[nameOf(kind)];
      const failure = intent?.last_payment_error ?? intent?.last_setup_error;
      if (intent?.status === "requires_payment_method" && failure) {
        return { error: { ...failure, [kind]: intent } };
      }
      return now;
    };

    const redirect = (returnUrl, intent, kind) => {
      const url = new URL(returnUrl);
      url.searchParams.set(kind, intent.id);
      url.searchParams.set(`${kind}_client_secret`, intent.client_secret);
      url.searchParams.set("redirect_status", "succeeded");
      location.assign(url);
      return new Promise(() => {});
    };

    const solve = async (kind, clientSecret, intent) => {
      if (intent.status !== "requires_action") return answer(kind, clientSecret);
      const action = intent.next_action;
      if (action.type === "redirect_to_url") {
        location.assign(action.redirect_to_url.url);
        return new Promise(() => {});
      }
      await ask(action.use_stripe_sdk.stripe_js);
      return answer(kind, clientSecret);
    };

    const confirm = async (kind, clientSecret, fields, returnUrl, mode) => {
      const intent = await call(publishableKey, "POST", `${kind}s/${idOf(clientSecret)}/confirm`, {
        ...fields,
        client_secret: clientSecret,
        ...(returnUrl && mode !== "if_required" ? { return_url: returnUrl } : {}),
      });
      if (intent.error) return { error: intent.error };
      const solved = await solve(kind, clientSecret, intent);
      const done = solved[nameOf(kind)];
      if (done && returnUrl && mode === "always") return redirect(returnUrl, done, kind);
      return solved;
    };

    const confirmElements = (kind) => async (options) => {
      const { elements, confirmParams = {}, redirect: mode = "always" } = options;
      const clientSecret = options.clientSecret ?? elements?.options.clientSecret;
      if (!/^(pi|seti)_.+_secret_.+/.test(clientSecret ?? ""))
        throw new IntegrationError("Invalid value for clientSecret: it should be of the form ${id}_secret_${secret}.");
      if (!confirmParams.return_url && mode !== "if_required")
        throw new IntegrationError("`confirmParams.return_url` is needed where the redirect is not `if_required`.");
      elements?.demandSubmit(kind === "payment_intent" ? "confirmPayment" : "confirmSetup");
      const fields = confirmParams.payment_method
        ? { payment_method: confirmParams.payment_method }
        : elements
          ? cardFields(elements.element.number(), "payment_method_data")
          : {};
      return confirm(kind, clientSecret, fields, confirmParams.return_url, mode);
    };

    const confirmCard = (kind) => async (clientSecret, data = {}, options = {}) => {
      const method = data.payment_method;
      const fields = !method
        ? {}
        : typeof method === "string"
          ? { payment_method: method }
          : cardFields(method.card.number(), "payment_method_data");
      if (options.handleActions === false) {
        const intent = await call(publishableKey, "POST", `${kind}s/${idOf(clientSecret)}/confirm`, {
          ...fields,
          client_secret: clientSecret,
        });
        return intent.error ? { error: intent.error } : { [nameOf(kind)]: intent };
      }
      return confirm(kind, clientSecret, fields, data.return_url, "if_required");
    };

    return {
      elements: (options) => new Elements(publishableKey, options),
      async createPaymentMethod(options) {
        options.elements?.demandSubmit("createPaymentMethod");
        if (options.elements?.options.mode && options.elements.options.paymentMethodCreation !== "manual")
          throw new IntegrationError('`paymentMethodCreation: "manual"` is needed for stripe.createPaymentMethod().');
        const element = options.elements?.element ?? options.card;
        const method = await call(publishableKey, "POST", "payment_methods", cardFields(element.number()));
        return method.error ? { error: method.error } : { paymentMethod: method };
      },
      confirmPayment: confirmElements("payment_intent"),
      confirmSetup: confirmElements("setup_intent"),
      confirmCardPayment: confirmCard("payment_intent"),
      confirmCardSetup: confirmCard("setup_intent"),
      retrievePaymentIntent: (clientSecret) => retrieve("payment_intent", clientSecret),
      retrieveSetupIntent: (clientSecret) => retrieve("setup_intent", clientSecret),
      async handleNextAction({ clientSecret }) {
        const kind = clientSecret.startsWith("pi_") ? "payment_intent" : "setup_intent";
        const now = await retrieve(kind, clientSecret);
        const intent = now[nameOf(kind)];
        if (now.error) return now;
        if (intent.status !== "requires_action")
          throw new IntegrationError(`handleNextAction: the intent is not in the requires_action state, but ${intent.status}.`);
        return solve(kind, clientSecret, intent);
      },
    };
  };
  window.Stripe.version = "peer";
})();
