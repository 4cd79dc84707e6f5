"""The currencies of recorded amounts, and the size of their minor unit: ISO 4217, lists one and three.

The list has everything that is, or since 2016 was, legal tender, because trips may be entered afterwards. It has no units of
account, metals or test codes, in which nobody pays.

The minor units are in the code and not in a library, because a recorded amount must mean the same for ever. The tests compare
them with ISO's current list (decision 0039).
"""

from domain.foundation import Currency

_CODES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BYR BZD CAD CDF CHF CLP CNY
COP CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS
INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU
MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VEF VES VND VUV WST
XAF XCD XCG XOF XPF YER ZAR ZMW ZWG ZWL
"""
_WITHOUT_MINOR_UNIT = "BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_OF_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"

MINOR_DIGITS: dict[Currency, int] = {
    **{Currency(code): 2 for code in _CODES.split()},
    **{Currency(code): 0 for code in _WITHOUT_MINOR_UNIT.split()},
    **{Currency(code): 3 for code in _OF_THOUSANDTHS.split()},
}
"""Digits after the decimal point, by alphabetic code."""
