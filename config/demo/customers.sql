-- 50,000 customers with values that pipelines like to break: emoji, quotes, NULLs, exact decimals,
-- timestamps, text of many lines, empty strings beside NULLs.

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
INSERT INTO customers
SELECT i,
       CASE i % 8
         WHEN 0 THEN 'Zoë "Zed" O''Neill ' || i
         WHEN 1 THEN '山田 太郎 ' || i
         WHEN 2 THEN '🦆 Ente ' || i || ' 🧑‍🚀'
         WHEN 3 THEN 'Łukasz; DROP TABLE customers; --' || i
         ELSE 'Customer ' || i
       END,
       CASE WHEN i % 11 = 0 THEN NULL WHEN i % 13 = 0 THEN '' ELSE 'customer' || i || '@example.com' END,
       CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 37 % 1000003) / 100.0 END,
       CASE i % 5 WHEN 0 THEN 0.1 + 0.2 WHEN 1 THEN NULL WHEN 2 THEN -i / 3.0 ELSE i * 1e-7 END,
       i % 3 <> 0,
       datetime('2020-02-29 23:59:59', '+' || i || ' minutes'),
       CASE i % 4
         WHEN 0 THEN NULL
         WHEN 1 THEN ''
         WHEN 2 THEN 'line one' || char(10) || 'line two' || char(9) || '\ and "quotes"'
         ELSE replace(hex(zeroblob(150)), '00', 'lorem ipsum ')
       END
FROM n;
