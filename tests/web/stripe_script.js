// The tests' stand-in for Stripe's script: one field in the place of the form, and answers by what is typed there.

window.stripeCalls = [];
window.Stripe = (key) => {
  const field = document.createElement("input");
  const record = (name, options) => window.stripeCalls.push([key, name, options]);
  const declined = { error: { message: "Your card was declined." } };
  const isDeclined = () => field.value === "4000000000000002";
  return {
    elements: (options) => {
      record("elements", options);
      return {
        create: () => {
          const handlers = {};
          return {
            on: (event, handler) => { handlers[event] = handler; },
            mount: (place) => {
              field.setAttribute("aria-label", "Card number");
              place.append(field);
              handlers.ready();
            },
            destroy: () => field.remove(),
          };
        },
        submit: async () => (field.value === "" ? { error: { message: "Your card number is incomplete." } } : {}),
      };
    },
    createPaymentMethod: async () => (isDeclined() ? declined : { paymentMethod: { id: "pm_fromthebrowser" } }),
    confirmSetup: async ({ clientSecret }) => {
      record("confirmSetup", clientSecret);
      return isDeclined() ? declined : { setupIntent: { id: "seti_1", status: "succeeded" } };
    },
    retrievePaymentIntent: async (clientSecret) => {
      record("retrievePaymentIntent", clientSecret);
      return { paymentIntent: { id: "pi_1", status: "requires_payment_method" } };
    },
    confirmPayment: async ({ clientSecret, confirmParams }) => {
      record("confirmPayment", [clientSecret, confirmParams.payment_method]);
      return {};
    },
    handleNextAction: async () => ({}),
  };
};
