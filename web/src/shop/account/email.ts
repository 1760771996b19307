// A first look at an e-mail address.

const EMAIL_PATTERN = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** What is wrong with an e-mail address at first sight; null where nothing is. The gateway judges it again. */
export function emailError(email: string): string | null {
  if (email.trim() === "") return "E-mail address is missing.";
  return EMAIL_PATTERN.test(email.trim()) ? null : "That is not an e-mail address, such as sam@example.com.";
}
