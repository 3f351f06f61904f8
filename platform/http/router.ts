import { AppError, notFound, platformErrors } from '../errors';
import type { HttpRequest } from './request';
import type { HttpResponse } from './response';

export interface Route {
  /** `*` answers every method. */
  method: string;
  /** A path with `:name` for one segment and a final `*` for the rest. */
  path: string;
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
  /** Logs its requests at debug: probes and scrapes come every few seconds. */
  quiet?: boolean;
}

/** One level of the tree of path segments. */
interface Segment {
  literals: Map<string, Segment>;
  parameter: Segment | undefined;
  /** By method: the routes that end here. */
  routes: Map<string, RouteEntry>;
  /** By method: the routes that end here with `*`. */
  wildcards: Map<string, RouteEntry>;
}

interface RouteEntry {
  route: Route;
  parameterNames: string[];
}

const newSegment = (): Segment => ({
  literals: new Map(),
  parameter: undefined,
  routes: new Map(),
  wildcards: new Map(),
});

/** Finds the route of a request. A literal segment wins over a parameter. */
export class Router {
  private readonly root = newSegment();
  /** The routes without parameters by path, which saves most requests the walk through the tree. */
  private readonly exact = new Map<string, Segment['routes']>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** @throws AppError 404 for an unknown path, 405 with `allow` for a method that path does not have */
  find(method: string, path: string): { route: Route; params: Record<string, string> } {
    const values: string[] = [];
    const routes = this.exact.get(path) ?? this.match(this.root, path.split('/').slice(1), 0, values);
    if (routes === undefined) throw notFound('This path is');
    const entry =
      routes.get(method) ?? (method === 'HEAD' ? routes.get('GET') : undefined) ?? routes.get('*');
    if (entry === undefined) {
      throw new AppError(platformErrors.METHOD_NOT_ALLOWED, `${method} is not answered here`, {
        headers: { allow: [...routes.keys()].join(', ') },
      });
    }
    const params: Record<string, string> = {};
    entry.parameterNames.forEach((name, index) => {
      params[name] = decodeSegment(values[index] ?? '');
    });
    return { route: entry.route, params };
  }

  private add(route: Route): void {
    const parameterNames: string[] = [];
    let current = this.root;
    for (const segment of route.path.split('/').slice(1)) {
      if (segment === '*') {
        current.wildcards.set(route.method, { route, parameterNames });
        return;
      }
      if (segment.startsWith(':')) {
        parameterNames.push(segment.slice(1));
        current.parameter ??= newSegment();
        current = current.parameter;
      } else {
        const next = current.literals.get(segment) ?? newSegment();
        current.literals.set(segment, next);
        current = next;
      }
    }
    if (current.routes.has(route.method)) throw new Error(`two routes answer ${route.method} ${route.path}`);
    current.routes.set(route.method, { route, parameterNames });
    if (parameterNames.length === 0) this.exact.set(route.path, current.routes);
  }

  private match(
    current: Segment,
    segments: string[],
    index: number,
    values: string[],
  ): Segment['routes'] | undefined {
    if (index === segments.length) return current.routes.size > 0 ? current.routes : undefined;
    const segment = segments[index]!;
    const literal = current.literals.get(segment);
    if (literal !== undefined) {
      const found = this.match(literal, segments, index + 1, values);
      if (found !== undefined) return found;
    }
    if (current.parameter !== undefined && segment !== '') {
      values.push(segment);
      const found = this.match(current.parameter, segments, index + 1, values);
      if (found !== undefined) return found;
      values.pop();
    }
    return current.wildcards.size > 0 ? current.wildcards : undefined;
  }
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, 'The path is not valid percent-encoding (RFC 3986 §2.1)', {
      cause: error,
    });
  }
}
