/** ECharts, with only what the console draws. A chunk of its own: pages come first, charts after. */
import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

echarts.use([BarChart, CustomChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

export const draw = (place: HTMLElement) => echarts.init(place, null, { renderer: 'svg' });
export type Drawing = ReturnType<typeof draw>;
