// What stands below every page.

/** The footer. */
export function Footer() {
  return (
    <footer class="footer">
      <p>This is the demonstration shop of the gateway.</p>
    </footer>
  );
}
