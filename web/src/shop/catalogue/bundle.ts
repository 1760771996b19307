// What a bundle holds, as a tree: bundles may be in bundles.

/** What building the tree needs to know of a component. */
export interface NestedComponent {
  /** How deep it stands: 0 for a part of the bundle itself. */
  readonly depth: number;
}

/** A part of a bundle, with what is in one of it. */
export interface BundlePart<Component extends NestedComponent> {
  readonly component: Component;
  readonly parts: readonly BundlePart<Component>[];
}

/** The parts of a bundle from the API's flat list, in which each component stands before its own parts. */
export function nestComponents<Component extends NestedComponent>(
  components: readonly Component[],
): readonly BundlePart<Component>[] {
  const top: BundlePart<Component>[] = [];
  const partsByDepth = [top];
  for (const component of components) {
    const parts: BundlePart<Component>[] = [];
    partsByDepth[component.depth]?.push({ component, parts });
    partsByDepth[component.depth + 1] = parts;
  }
  return top;
}
