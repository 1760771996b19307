// A stand-in for https://js.stripe.com: the calls that the gateway's page makes, against the peer.
(() => {
  const base = new URL(document.currentScript.src).origin;

  async function call(key, method, path, fields) {
    const form = new URLSearchParams({ ...fields, key });
    const isRead = method === "GET";
    const response = await fetch(`${base}/v1/${path}${isRead ? `?${form}` : ""}`, {
      method,
      ...(isRead ? {} : { body: form }),
    });
    return response.json();
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
      this.input.addEventListener("input", () =>
        this.tell("change", { complete: this.isComplete(), empty: !this.number(), value: { type: "card" } }),
      );
    }
    number() {
      return this.input.value.replace(/\D/g, "");
    }
    isComplete() {
      return this.number().length >= 15;
    }
    mount(place) {
      const node = typeof place === "string" ? document.querySelector(place) : place;
      if (!node) throw new Error(`There is no element ${place} to mount on.`);
      node.replaceChildren(this.input);
      setTimeout(() => this.tell("ready", {}), 0);
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
    constructor(options = {}) {
      this.options = options;
      this.element = null;
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
      if (this.element?.isComplete()) return { selectedPaymentMethod: "card" };
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
      const dialog = document.createElement("div");
      dialog.setAttribute("role", "dialog");
      dialog.dataset.testid = "stripe-challenge";
      for (const [outcome, label] of [
        ["complete", "Complete"],
        ["fail", "Fail"],
      ]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = label;
        button.addEventListener("click", async () => {
          await fetch(address, { method: "POST", body: new URLSearchParams({ outcome, stay: "1" }) });
          dialog.remove();
          resolve();
        });
        dialog.append(button);
      }
      document.body.append(dialog);
    });
  }

  window.Stripe = (publishableKey) => {
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
      if (!clientSecret) throw new Error("A client secret is needed.");
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
      elements: (options) => new Elements(options),
      async createPaymentMethod(options) {
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
        return now.error ? now : solve(kind, clientSecret, now[nameOf(kind)]);
      },
    };
  };
  window.Stripe.version = "peer";
})();
