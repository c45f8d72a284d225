"""Countries, their demonyms, and the parts by which texts name them: what "the same country" needs to be decided."""

import re
from functools import lru_cache

from graphrag.text import fold

__all__ = ["countries_in", "country_of", "is_demonym", "nationality_spans"]

# country: its people's adjectives | its other names, and parts of it that encyclopaedic texts name without it
_TABLE = """
United States: United States of America, American, Americans, Puerto Rican | USA, U.S.A., U.S., US, America,
  Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Hawaii, Idaho, Illinois,
  Indiana, Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota, Mississippi,
  Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New York, North Carolina, North
  Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina, South Dakota, Tennessee, Texas, Utah,
  Vermont, Virginia, West Virginia, Wisconsin, Wyoming, Hollywood, Puerto Rico
United Kingdom: British, English, Scottish, Scots, Welsh, Northern Irish | UK, U.K., Great Britain, Britain,
  England, Scotland, Wales, Northern Ireland
Afghanistan: Afghan, Afghani
Albania: Albanian
Algeria: Algerian
Andorra: Andorran
Angola: Angolan
Argentina: Argentine, Argentinian, Argentinean
Armenia: Armenian
Australia: Australian | New South Wales, Queensland, Tasmania, South Australia, Western Australia
Austria: Austrian
Azerbaijan: Azerbaijani, Azeri
Bahamas: Bahamian
Bahrain: Bahraini
Bangladesh: Bangladeshi
Barbados: Barbadian
Belarus: Belarusian, Byelorussian
Belgium: Belgian, Flemish, Walloon
Belize: Belizean
Benin: Beninese
Bermuda: Bermudian
Bhutan: Bhutanese
Bolivia: Bolivian
Bosnia and Herzegovina: Bosnian, Herzegovinian | Bosnia
Botswana: Botswanan, Motswana
Brazil: Brazilian
Brunei: Bruneian
Bulgaria: Bulgarian
Burkina Faso: Burkinabé, Burkinabe
Burma: Burmese | Myanmar
Burundi: Burundian
Byzantine Empire: Byzantine
Cambodia: Cambodian, Khmer
Cameroon: Cameroonian
Canada: Canadian, Québécois | Ontario, Quebec, British Columbia, Alberta, Manitoba, Saskatchewan, Nova Scotia, New
  Brunswick, Newfoundland
Cape Verde: Cape Verdean
Chad: Chadian
Chile: Chilean
China: Chinese | People's Republic of China
Colombia: Colombian
Congo: Congolese | Democratic Republic of the Congo
Costa Rica: Costa Rican
Croatia: Croatian, Croat
Cuba: Cuban
Cyprus: Cypriot
Czech Republic: Czech, Bohemian | Czechia
Czechoslovakia: Czechoslovak, Czechoslovakian
Denmark: Danish, Dane
Djibouti: Djiboutian
Dominican Republic: Dominican
Ecuador: Ecuadorian
Egypt: Egyptian
El Salvador: Salvadoran
Eritrea: Eritrean
Estonia: Estonian
Ethiopia: Ethiopian
Fiji: Fijian
Finland: Finnish, Finn
France: French
Gabon: Gabonese
Gambia: Gambian
Georgia: Georgian
Germany: German, West German, East German, Bavarian, Prussian, Saxon | West Germany, East Germany, Bavaria, Prussia
Ghana: Ghanaian
Greece: Greek
Greenland: Greenlandic
Guatemala: Guatemalan
Guinea: Guinean
Guyana: Guyanese
Haiti: Haitian
Honduras: Honduran
Hong Kong: Hongkonger
Hungary: Hungarian
Iceland: Icelandic, Icelander
India: Indian | Tamil Nadu, Kerala, Karnataka, Maharashtra, Andhra Pradesh, Telangana, Gujarat, Rajasthan, West
  Bengal, Uttar Pradesh, Bollywood
Indonesia: Indonesian
Iran: Iranian, Persian | Persia
Iraq: Iraqi
Ireland: Irish | Republic of Ireland
Israel: Israeli
Italy: Italian
Ivory Coast: Ivorian | Côte d'Ivoire
Jamaica: Jamaican
Japan: Japanese
Jordan: Jordanian
Kazakhstan: Kazakh, Kazakhstani
Kenya: Kenyan
Kosovo: Kosovar, Kosovan
Kuwait: Kuwaiti
Kyrgyzstan: Kyrgyz, Kyrgyzstani
Laos: Laotian, Lao
Latvia: Latvian
Lebanon: Lebanese
Lesotho: Basotho
Liberia: Liberian
Libya: Libyan
Liechtenstein: Liechtensteiner
Lithuania: Lithuanian
Luxembourg: Luxembourgish, Luxembourgian
Macedonia: Macedonian | North Macedonia
Madagascar: Malagasy
Malawi: Malawian
Malaysia: Malaysian
Maldives: Maldivian
Mali: Malian
Malta: Maltese
Mauritania: Mauritanian
Mauritius: Mauritian
Mexico: Mexican
Moldova: Moldovan
Monaco: Monégasque, Monegasque
Mongolia: Mongolian, Mongol
Montenegro: Montenegrin
Morocco: Moroccan
Mozambique: Mozambican
Namibia: Namibian
Nepal: Nepalese, Nepali
Netherlands: Dutch | Holland, The Netherlands
New Zealand: New Zealander
Nicaragua: Nicaraguan
Niger: Nigerien
Nigeria: Nigerian
North Korea: North Korean
Norway: Norwegian
Oman: Omani
Ottoman Empire: Ottoman
Pakistan: Pakistani
Palestine: Palestinian
Panama: Panamanian
Papua New Guinea: Papua New Guinean
Paraguay: Paraguayan
Peru: Peruvian
Philippines: Filipino, Filipina, Philippine
Poland: Polish, Pole
Portugal: Portuguese
Qatar: Qatari
Romania: Romanian
Russia: Russian, Soviet | Russian Empire, Soviet Union, USSR, U.S.S.R.
Rwanda: Rwandan
Saint Lucia: Saint Lucian
Samoa: Samoan
Saudi Arabia: Saudi, Saudi Arabian
Senegal: Senegalese
Serbia: Serbian, Serb
Sierra Leone: Sierra Leonean
Singapore: Singaporean
Slovakia: Slovak, Slovakian
Slovenia: Slovenian, Slovene
Somalia: Somali
South Africa: South African
South Korea: South Korean, Korean | Korea
Spain: Spanish, Spaniard, Catalan, Basque
Sri Lanka: Sri Lankan, Sinhalese | Ceylon
Sudan: Sudanese
Suriname: Surinamese
Sweden: Swedish, Swede
Switzerland: Swiss
Syria: Syrian
Taiwan: Taiwanese
Tajikistan: Tajik
Tanzania: Tanzanian
Thailand: Thai, Siamese | Siam
Togo: Togolese
Tonga: Tongan
Trinidad and Tobago: Trinidadian
Tunisia: Tunisian
Turkey: Turkish, Turk
Turkmenistan: Turkmen
Uganda: Ugandan
Ukraine: Ukrainian
United Arab Emirates: Emirati | UAE, Dubai
Uruguay: Uruguayan
Uzbekistan: Uzbek
Venezuela: Venezuelan
Vietnam: Vietnamese
Yemen: Yemeni
Yugoslavia: Yugoslav, Yugoslavian
Zambia: Zambian
Zimbabwe: Zimbabwean
Ancient Rome: Roman
Athens: Athenian
Normandy: Norman
Frankish Kingdom: Frankish
"""

_COUNTRY: dict[str, str] = {}
_PLACES: set[str] = set()
for _row in re.split(r"\n(?!  )", _TABLE.strip()):
    _name, _, _forms = " ".join(_row.split()).partition(": ")
    _people, _, _parts = _forms.partition(" | ")
    _PLACES.update((_name, *filter(None, _parts.split(", "))))
    for _form in (_name, *_people.split(", "), *filter(None, _parts.split(", "))):
        _COUNTRY.setdefault(_form, _name)
_FOLDED = {fold(form): country for form, country in _COUNTRY.items()}
_ALTERNATIVES = "|".join(re.escape(form) for form in sorted(_COUNTRY, key=lambda form: (-len(form), form)))
_ANY = re.compile(rf"(?<![\w-])(?:{_ALTERNATIVES})(?![\w])")


def country_of(form: str) -> str | None:
    """Return the country that a name, demonym or state stands for, or None."""
    return _FOLDED.get(fold(form).removeprefix("the ").strip())


def is_demonym(form: str) -> bool:
    """Tell whether a word is the adjective or noun of a people: "French", "American"."""
    return form in _COUNTRY and form not in _PLACES


@lru_cache(maxsize=20_000)
def nationality_spans(text: str) -> tuple[tuple[int, int, str, bool], ...]:
    """Return (start, end, country, whether it is a demonym) for every country or demonym in ``text``, in order."""
    return tuple(
        (match.start(), match.end(), _COUNTRY[match.group()], match.group() not in _PLACES)
        for match in _ANY.finditer(text)
    )


def countries_in(text: str) -> tuple[str, ...]:
    """Return the countries that ``text`` names, in order, without repeats."""
    return tuple(dict.fromkeys(country for _, _, country, _ in nationality_spans(text)))
