/** The dashboard: the data that it draws, and the page that draws it. */

export { type DashboardPage, dashboardPage } from "./page.js";
export {
  type BreakerView,
  type ConcurrencyView,
  type ConfigView,
  type DashboardSnapshot,
  type HistoryPoint,
  type InstanceView,
  isDashboardSnapshot,
  type LatencyView,
  type LimiterView,
  type RouteView,
  type TrafficOutcome,
  type TrafficView,
  type TransitionView,
  trafficOutcomes,
  type UpstreamView,
} from "./snapshot.js";
